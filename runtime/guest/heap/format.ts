/**
 * Heap format 1.
 *
 *   heap     := version section*
 *   section  := tag:byte length:varint bytes          odd tags are required, an unknown one is a named error; even tags
 *                                                     are optional, an unknown one is skipped
 *   1 graph  := value(roots) value(globals) value(patches) body* (entry body*)*
 *
 * The graph is one stream, breadth first. The first time an object is met, its *head* stands in place of the value and gives
 * it the next index; its *body* follows in the order of indexes, after all heads of the bodies before it. Later mentions are
 * `BACK index`. Unique symbols take an index too, without a body. Strings and shapes that the program's tables do not hold
 * are numbered in the order in which they are first met, behind those of the tables.
 *
 *   value    := atom | BACK index | IMAGE index | head | WITH count head{count} head
 *   head     := [EXTRA] kindTag inputs                what is needed to allocate the object; see the file of each kind
 *   body     := contents [extras]                     extras only where EXTRA stood
 *   extras   := flags [proto:value] [count property*] [count (slot value)*]
 *   property := key:value attributes (value | getter setter)
 *   entry    := collection:value key:value form [value]           of a weak collection; see `ephemerons.ts`
 *
 * `WITH` introduces functions that the last head needs as inputs, so that no chain of inputs nests (decoding is iterative).
 * Integers are little-endian base-128 varints; "+byte" tags carry bits 8… of a number in the tag and eight in the next byte.
 */

export const HEAP_FORMAT_VERSION = 1;

export const SECTION_GRAPH = 1;

export const UNDEFINED = 0;
export const NULL = 1;
export const FALSE = 2;
export const TRUE = 3;
/** An element of an array that is not there. */
export const HOLE = 4;
/** The sentinel of an uninitialised binding. */
export const TDZ = 5;
export const NAN = 6;
export const NEGATIVE_ZERO = 7;
/** zigzag varint, below 2^52 */
export const INTEGER = 8;
/** 8 bytes, little-endian */
export const FLOAT = 9;
/** byteLength * 2 + sign, magnitude little-endian */
export const BIGINT = 10;
/** length, Latin-1 */
export const NEW_STRING = 11;
/** length in code units, UTF-16 little-endian */
export const NEW_WIDE_STRING = 12;
/** index, over the program's table and then the state's own */
export const STRING = 13;
/** description:value (undefined for none); takes an object index */
export const UNIQUE_SYMBOL = 14;
/** key:string value */
export const REGISTERED_SYMBOL = 15;
/** index into the list of well-known symbols */
export const WELL_KNOWN_SYMBOL = 16;
export const BACK = 17;
export const IMAGE = 18;
/** count, heads, head */
export const WITH = 19;
/** body: flags and properties, one by one */
export const EXACT = 20;
/** shape */
export const NULL_OBJECT = 21;
/** count * 2 + (1 with null prototype); body: key value … */
export const DICTIONARY = 22;
/** count keys: a plain object with a shape that is new */
export const NEW_PLAIN = 23;
/** shape (below the two-byte range it has a tag of its own) */
export const PLAIN = 24;
/** prototype:value (of the image), shape */
export const INSTANCE = 25;
/** length */
export const ARRAY = 26;
/** an ordinary kind with extras behind its body */
export const EXTRA = 27;
export const FUNCTION = 28;
export const RUNTIME_FUNCTION = 29;
/** class:value ordinal */
export const METHOD = 30;
/** definition, inputs (scopes, parent, computed keys) */
export const CLASS = 31;
/** target this count arguments */
export const BOUND = 32;
/** function:value; the prototype object that was made with it */
export const PROTOTYPE_OF = 33;
export const SCOPE = 34;
/** A promise that `suspend` made; body as `PROMISE`. */
export const SUSPEND = 35;
export const RECORD = 36;
export const PROMISE = 37;
export const MAP = 38;
export const SET = 39;
export const DATE = 40;
export const REGEXP = 41;
export const ERROR = 42;
export const ARRAY_BUFFER = 43;
export const TYPED_ARRAY = 44;
export const BOXED = 45;
/** class, locale:string, n options; see `kinds/intl.ts` */
export const INTL = 46;
/** segmenter:value text:string */
export const SEGMENTS = 47;
export const GENERATOR = 48;
export const ARGUMENTS = 49;
export const WEAK_MAP = 50;
export const WEAK_SET = 51;
/** form, target:value handler:value */
export const PROXY = 53;
/** unit:value index scopes: a function of code made at run time */
export const UNIT_FUNCTION = 54;
/** record:value; an object of the runtime's that a script holds */
export const BRANDED = 55;
/** length; always with extras that list the elements */
export const SPARSE_ARRAY = 56;
export const DATA_VIEW = 57;
export const MODULE_SCOPE = 58;
/** n: 0 and the path:string, or n - 1 is the index into the list of well-known intrinsics */
export const INTRINSIC = 59;
/** kind text:string names:string shape: code made at run time; see `kinds/code-unit.ts` */
export const CODE_UNIT = 60;
/** unit:value index, inputs */
export const UNIT_CLASS = 61;
/** unit:value layout */
export const UNIT_SCOPE = 62;
/** unit:value index: a template object */
export const UNIT_PART = 63;

/** 32 tags: record class in the tag */
export const RECORD_BASE = 0x40;
export const RECORD_LIMIT = 32;
/** 8 tags + byte */
export const SCOPE_BASE = 0x60;
/** 8 tags + byte */
export const FUNCTION_BASE = 0x68;
/** 16 tags: length in the tag */
export const ARRAY_BASE = 0x80;
/** 16 tags + byte */
export const STRING_BASE = 0x90;
/** 16 tags + byte */
export const PLAIN_BASE = 0xa0;
/** 16 tags + byte */
export const IMAGE_BASE = 0xb0;
/** 32 tags: object index in the tag */
export const BACK_BASE = 0xc0;
/** 32 tags: integer in the tag */
export const INTEGER_BASE = 0xe0;

/** Zigzag varint in place of a definition's index: unit:value and the index there follow. */
export const UNIT_DEFINITION = 0x1fffff;

/** An object with more keys is written as a dictionary: its keys would only fill the shape table. */
export const SHAPE_KEYS_MAX = 32;

/** Flags of extras. */
export const HAS_PROTOTYPE = 1;
export const NOT_EXTENSIBLE = 2;
export const HAS_PROPERTIES = 4;
export const HAS_PRIVATE_STATE = 8;

/** Attributes of a property. */
export const WRITABLE = 1;
export const ENUMERABLE = 2;
export const CONFIGURABLE = 4;
export const ACCESSOR = 8;
/** The property is not there although objects of this kind are made with it. */
export const DELETED = 16;
/** The engine's own `stack` accessor: its text stands in place of getter and setter. */
export const STACK = 32;
