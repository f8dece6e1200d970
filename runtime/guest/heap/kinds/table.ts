/**
 * Every kind of value that there is: how it is written (`../format.ts` has the notation), and the samples that prove it
 * (`test/heap/samples.ts`). `test/heap/table.test.ts` asserts that nothing is missing: each tag stands in one row, each row has
 * samples that write its tags, each constructor of the engine makes objects of a row.
 */
import * as format from "../format.ts";

export interface KindRow {
  readonly kind: string;
  /** First and last tag of each range. Empty: the kind cannot be saved. */
  readonly tags: readonly (readonly [number, number])[];
  readonly grammar: string;
  /** Key of its samples, or the file of a test of its own. */
  readonly samples: string;
}

function row(
  kind: string,
  tags: readonly (number | readonly [number, number])[],
  grammar: string,
  samples: string,
): KindRow {
  return { kind, tags: tags.map((tag) => (typeof tag === "number" ? [tag, tag] : tag)), grammar, samples };
}

function range(first: number, count: number): readonly [number, number] {
  return [first, first + count - 1];
}

export const KIND_TABLE: readonly KindRow[] = [
  row("undefined", [format.UNDEFINED], "UNDEFINED", "primitives"),
  row("null", [format.NULL], "NULL", "primitives"),
  row("boolean", [format.FALSE, format.TRUE], "FALSE | TRUE", "primitives"),
  row(
    "number",
    [format.NAN, format.NEGATIVE_ZERO, format.INTEGER, format.FLOAT, range(format.INTEGER_BASE, 32)],
    "NAN | NEGATIVE_ZERO | INTEGER zigzag | FLOAT bits | INTEGER_BASE + n",
    "primitives",
  ),
  row("bigint", [format.BIGINT], "BIGINT bytes * 2 + sign, magnitude", "bigints"),
  row(
    "string",
    [format.NEW_STRING, format.NEW_WIDE_STRING, format.STRING, range(format.STRING_BASE, 16)],
    "NEW_STRING length Latin-1 | NEW_WIDE_STRING length UTF-16 | STRING index",
    "strings",
  ),
  row(
    "symbol",
    [format.UNIQUE_SYMBOL, format.REGISTERED_SYMBOL, format.WELL_KNOWN_SYMBOL],
    "UNIQUE_SYMBOL description:value | REGISTERED_SYMBOL key:string | WELL_KNOWN_SYMBOL index",
    "symbols",
  ),
  row("uninitialised binding", [format.TDZ], "TDZ", "moduleState"),
  row("object met before", [format.BACK, range(format.BACK_BASE, 32)], "BACK index", "objects"),
  row("object of the program", [format.IMAGE, range(format.IMAGE_BASE, 16)], "IMAGE index", "image"),
  row("object of the language", [format.INTRINSIC], "INTRINSIC (0 path:string | n)", "image"),
  row("inputs of the next head", [format.WITH], "WITH count head{count} head", "chains"),
  row("what a kind does not tell", [format.EXTRA], "EXTRA head … body extras", "attributes"),
  row(
    "plain object",
    [format.PLAIN, format.NEW_PLAIN, range(format.PLAIN_BASE, 16)],
    "PLAIN shape | NEW_PLAIN keys; body: values",
    "objects",
  ),
  row("object without prototype", [format.NULL_OBJECT], "NULL_OBJECT shape; body: values", "objects"),
  row("object of many keys", [format.DICTIONARY], "DICTIONARY n; body: (key value)*", "objects"),
  row("instance", [format.INSTANCE], "INSTANCE prototype:value shape; body: values", "instances"),
  row("any other object", [format.EXACT], "EXACT; body: extras", "attributes"),
  row("arguments", [format.ARGUMENTS], "ARGUMENTS; body: extras", "arguments"),
  row(
    "array",
    [format.ARRAY, range(format.ARRAY_BASE, 16), format.HOLE],
    "ARRAY length; body: (value | HOLE)*",
    "arrays",
  ),
  row("sparse array", [format.SPARSE_ARRAY], "SPARSE_ARRAY length; body: extras", "arrays"),
  row("Map", [format.MAP], "MAP size; body: (key value)*", "collections"),
  row("Set", [format.SET], "SET size; body: value*", "collections"),
  row("WeakMap", [format.WEAK_MAP], "WEAK_MAP; entries behind the bodies", "weakCollections"),
  row("WeakSet", [format.WEAK_SET], "WEAK_SET; entries behind the bodies", "weakCollections"),
  row("Date", [format.DATE], "DATE time:value", "dates"),
  row("RegExp", [format.REGEXP], "REGEXP source:string flags:string; body: lastIndex:value", "regexps"),
  row("Error", [format.ERROR], "ERROR; body: extras", "errors"),
  row("ArrayBuffer", [format.ARRAY_BUFFER], "ARRAY_BUFFER (0 length bytes | 1 length max bytes | 2)", "buffers"),
  row("typed array", [format.TYPED_ARRAY], "TYPED_ARRAY type buffer:value offset (length + 1 | 0)", "buffers"),
  row("DataView", [format.DATA_VIEW], "DATA_VIEW buffer:value offset (length + 1 | 0)", "buffers"),
  row("boxed primitive", [format.BOXED], "BOXED value", "boxes"),
  row("Intl object", [format.INTL], "INTL class locale:string n (option:string value)*; body: [bound:value]", "intl"),
  row("segments of a text", [format.SEGMENTS], "SEGMENTS segmenter:value text:string", "intl"),
  row("Proxy", [format.PROXY], "PROXY (0 target:value handler:value | 1 | 2 | 3)", "proxies"),
  row("function", [format.FUNCTION, range(format.FUNCTION_BASE, 8)], "FUNCTION definition scope:value*", "functions"),
  row("function of the runtime", [format.RUNTIME_FUNCTION], "RUNTIME_FUNCTION definition n scope:value*", "promises"),
  row("bound function", [format.BOUND], "BOUND target:value this:value n argument:value*", "bound"),
  row("class", [format.CLASS], "CLASS definition n input:value*", "classes"),
  row("method", [format.METHOD], "METHOD class:value ordinal", "classes"),
  row("prototype of a function or class", [format.PROTOTYPE_OF], "PROTOTYPE_OF function:value", "functions"),
  row("scope", [format.SCOPE, range(format.SCOPE_BASE, 8)], "SCOPE layout; body: values", "functions"),
  row(
    "record of the runtime",
    [format.RECORD, range(format.RECORD_BASE, format.RECORD_LIMIT)],
    "RECORD class; body: fields",
    "frames",
  ),
  row("module bindings", [format.MODULE_SCOPE], "MODULE_SCOPE; body: n (index value)*", "moduleState"),
  row("promise", [format.PROMISE, format.SUSPEND], "PROMISE | SUSPEND; body: state payload [source]", "promises"),
  row("generator", [format.GENERATOR], "GENERATOR frame:value", "frames"),
  row(
    "iterator, iterator helper, WeakRef, FinalizationRegistry, disposable stack, timer",
    [format.BRANDED],
    "BRANDED record:value",
    "iterators",
  ),
  row(
    "code made at run time",
    [format.CODE_UNIT],
    "CODE_UNIT kind text:string shape",
    "test/guest/dynamic-code.test.ts",
  ),
  row(
    "function of it",
    [format.UNIT_FUNCTION],
    "UNIT_FUNCTION unit:value index n scope:value*",
    "test/guest/dynamic-code.test.ts",
  ),
  row(
    "class of it",
    [format.UNIT_CLASS],
    "UNIT_CLASS unit:value index n input:value*",
    "test/guest/dynamic-code.test.ts",
  ),
  row(
    "scope of it",
    [format.UNIT_SCOPE],
    "UNIT_SCOPE unit:value layout shape; body: values",
    "test/guest/dynamic-code.test.ts",
  ),
  row("template object of it", [format.UNIT_PART], "UNIT_PART unit:value index", "test/guest/dynamic-code.test.ts"),
  row("no kind yet", [52, range(0x70, 16)], "refused when read", "test/heap/damage.test.ts"),
  row(
    "native function that is no part of the language's globals",
    [],
    "UnserializableValue",
    "test/heap/natives.test.ts",
  ),
  row(
    "native iterator that was asked for under a computed key",
    [],
    "UnserializableValue",
    "test/heap/natives.test.ts",
  ),
  row("generator of code that was not compiled", [], "UnserializableValue", "test/heap/natives.test.ts"),
  row("native object of another kind", [], "UnserializableValue", "test/heap/natives.test.ts"),
];
