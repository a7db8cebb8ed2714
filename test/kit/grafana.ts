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
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
}

export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly Panel[];
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly definition?: string }[];
  };
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
