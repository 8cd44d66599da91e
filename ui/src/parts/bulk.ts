/** One action on many rows of a list: asked once, run in the panel of works, failures by name (UI-303). */
import { useTexts } from "../texts";
import { useConfirm } from "./confirm";
import type { Bulk } from "./table";
import { useWork } from "./work";

export interface Many<R> {
  title: string;
  danger?: boolean;
  allowed?: (row: R) => boolean;
  name: (row: R) => string;
  run: (row: R) => Promise<unknown>;
  after: () => void;
}

export function useBulk(): <R>(many: Many<R>) => Bulk<R> {
  const { t } = useTexts();
  const confirm = useConfirm();
  const { begin } = useWork();
  return (many) => ({
    title: many.title,
    danger: many.danger,
    allowed: (rows) => rows.every((row) => many.allowed?.(row) ?? true),
    run: async (rows) => {
      const names = rows.map(many.name);
      const yes = await confirm({
        title: t("bulk.ask", { action: many.title, count: rows.length }),
        body: names.join(", "),
        verb: many.title,
        danger: many.danger,
      });
      if (!yes) return;
      await begin(
        many.title,
        rows.map((row, at) => ({ name: names[at] ?? "", run: () => many.run(row) })),
        many.after,
      );
    },
  });
}
