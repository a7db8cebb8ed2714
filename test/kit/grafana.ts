/** Reading Grafana dashboards in tests. */
import { readFileSync } from 'node:fs';

export interface PanelTarget {
  readonly expr: string;
  readonly refId: string;
  readonly legendFormat?: string;
  readonly instant: boolean;
  readonly range: boolean;
  readonly datasource: { readonly uid: string };
}

type Thresholds = { readonly steps: readonly { readonly value: number | null; readonly color: string }[] }; // prettier-ignore
type Mappings = readonly {
  readonly options: Readonly<Record<string, { readonly text?: string; readonly color?: string }>>;
}[];

interface FieldLook {
  readonly thresholds?: Thresholds;
  readonly mappings?: Mappings;
  readonly color?: { readonly mode: string };
}

interface Override {
  readonly matcher: { readonly id: string; readonly options: string };
  readonly properties: readonly { readonly id: string; readonly value: unknown }[];
}

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: {
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
  };
  readonly targets?: readonly PanelTarget[];
  readonly transformations?: readonly {
    readonly id: string;
    readonly options: { readonly renameByName?: Readonly<Record<string, string>> };
  }[];
  readonly fieldConfig?: {
    readonly defaults: FieldLook & { readonly unit?: string };
    readonly overrides: readonly Override[];
  };
}

export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly Panel[];
  readonly links: readonly object[];
  readonly templating: {
    readonly list: readonly {
      readonly name: string;
      readonly type: string;
      readonly definition?: string;
      /** Of a variable for data sources: their kind. */
      readonly query?: unknown;
    }[];
  };
}

/**
 * Colour and text in which Grafana draws a value: that of its mapping, else that of the last
 * threshold it reaches, where the field is coloured by thresholds. `column`: of a table.
 */
export function drawn(
  { title, fieldConfig }: Panel,
  value: number | string,
  column?: string,
): { readonly color: string | undefined; readonly text: string } {
  const own = (fieldConfig?.overrides ?? [])
    .filter(({ matcher }) => matcher.id === 'byName' && matcher.options === column)
    .flatMap(({ properties }) => properties.map(({ id, value: set }) => [id, set] as const));
  if (column !== undefined && own.length === 0) throw new Error(`${title} has no ${column}`);
  const look: FieldLook = { ...fieldConfig?.defaults, ...Object.fromEntries(own) };
  for (const { options } of look.mappings ?? []) {
    const mapped = options[String(value)];
    if (mapped) return { color: mapped.color, text: mapped.text ?? String(value) };
  }
  const steps = look.color?.mode === 'thresholds' ? (look.thresholds?.steps ?? []) : [];
  const reached = steps.findLast((step) => step.value === null || step.value <= Number(value));
  return { color: reached?.color, text: String(value) };
}

export function readDashboard(file: string): Dashboard {
  return JSON.parse(readFileSync(file, 'utf8')) as Dashboard;
}

/** Grafana's variables replaced, as it does before it asks. */
export function interpolate(
  expression: string,
  variables: Readonly<Record<string, string>>,
): string {
  return expression.replaceAll(
    /\$(?:\{(\w+)\}|([a-z_]\w*))/g,
    (_match, braced?: string, plain?: string) => {
      const name = braced ?? plain ?? '';
      const value = variables[name];
      if (value === undefined) throw new Error(`unknown variable ${name} in ${expression}`);
      return value;
    },
  );
}
