/** Which visitor takes an expression that holds a suspension apart: one per kind of node. */
import type { types as t } from "@babel/core";
import type { ExpressionVisitors, Machine } from "../machine.ts";
import { assignment } from "./assignment.ts";
import { call, newCall } from "./call.ts";
import { optionalChain } from "./chain.ts";
import { conditional, logical } from "./conditional.ts";
import { explode, explodeList } from "./explode.ts";
import { array, classValue, object } from "./literals.ts";
import { member } from "./member.ts";
import { binary, sequence, unary, update } from "./operators.ts";
import { awaitExpression, yieldExpression } from "./suspend.ts";
import { taggedTemplate, template } from "./template.ts";

type Visitor<T extends t.Node> = (machine: Machine, node: T) => t.Expression;

const table: { readonly [K in t.Expression["type"]]?: Visitor<Extract<t.Expression, { type: K }>> } = {
  ArrayExpression: array,
  AssignmentExpression: assignment,
  AwaitExpression: awaitExpression,
  BinaryExpression: binary,
  CallExpression: call,
  ClassExpression: classValue,
  ConditionalExpression: conditional,
  ImportExpression: (machine, node) => {
    const [source, options] = explodeList(machine, node.options ? [node.source, node.options] : [node.source]);
    node.source = source!;
    if (options) node.options = options;
    return node;
  },
  LogicalExpression: logical,
  MemberExpression: member,
  NewExpression: newCall,
  ObjectExpression: object,
  OptionalCallExpression: optionalChain,
  OptionalMemberExpression: optionalChain,
  ParenthesizedExpression: (machine, node) => explode(machine, node.expression),
  SequenceExpression: sequence,
  TaggedTemplateExpression: taggedTemplate,
  TemplateLiteral: template,
  UnaryExpression: unary,
  UpdateExpression: update,
  YieldExpression: yieldExpression,
};

export const expressionVisitors = table as ExpressionVisitors;
