/** A schema beside a value: what its nodes say about the parts of it. */

export interface SchemaNode {
  readonly type?: string;
  readonly format?: string;
  readonly description?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly secret?: boolean;
  /** Read when the configuration is loaded; made absolute. */
  readonly file?: boolean;
  /** Written, not read: it need not be there. */
  readonly outputFile?: boolean;
  /** Rules beyond the form of a value, by name. */
  readonly meaning?: string;
  /** Bounds of a duration or a size, as written; `advice` is for what lies beyond. */
  readonly bounds?: { readonly min: string; readonly max: string; readonly advice?: string };
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly patternProperties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: SchemaNode | boolean;
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
}

export type Path = readonly (string | number)[];

/** The value that takes the place of a part, or the same. */
export type Visit = (node: SchemaNode, value: unknown, path: Path) => unknown;

/** A copy of the value, each part as `visit` gives it; parts before what they belong to. */
export function walk(schema: SchemaNode, value: unknown, visit: Visit, path: Path = []): unknown {
  const node = branchOf(schema, value);
  let copy = value;
  if (Array.isArray(value)) {
    copy = value.map((element: unknown, index) =>
      node.items ? walk(node.items, element, visit, [...path, index]) : element,
    );
  } else if (typeof value === 'object' && value !== null) {
    copy = Object.fromEntries(
      Object.entries(value).map(([key, element]: [string, unknown]) => {
        const child = childSchema(node, key);
        return [key, child ? walk(child, element, visit, [...path, key]) : element];
      }),
    );
  }
  return visit(node, copy, path);
}

/** The branch of a union that a value can belong to. */
function branchOf(schema: SchemaNode, value: unknown): SchemaNode {
  if (!schema.anyOf) return schema;
  const type = Array.isArray(value) ? 'array' : typeof value;
  const fits = (branch: SchemaNode) =>
    branch.type === type || (branch.type === 'integer' && type === 'number');
  return schema.anyOf.find(fits) ?? schema;
}

function childSchema(schema: SchemaNode, key: string): SchemaNode | undefined {
  const named = Object.hasOwn(schema.properties ?? {}, key) && schema.properties?.[key];
  if (named) return named;
  for (const [pattern, child] of Object.entries(schema.patternProperties ?? {})) {
    if (new RegExp(pattern).test(key)) return child;
  }
  return typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
