/** The brand's colours, corners, style sheets and icon, from the settings, without another build (UI-297). */
import type { Brand } from "../api/session";

/** Which of PatternFly's tokens a brand sets. Pure. */
export function tokensOf(brand: Pick<Brand, "color" | "color_dark" | "radius">): string {
  const colours = (color: string) =>
    [
      "background--color--action--primary", "color--brand", "border--color--brand", "text--color--brand", "text--color--link",
    ]
      .flatMap((name) => [`--pf-t--global--${name}--default: ${color};`, `--pf-t--global--${name}--hover: color-mix(in srgb, ${color} 85%, black);`])
      .concat(`--pf-t--global--color--brand--clicked: ${color};`)
      .join(" ");
  const corners = ["small", "medium", "large", "pill"].map((size) => `--pf-t--global--border--radius--${size}: ${brand.radius};`).join(" ");
  return [
    brand.color && `:root { ${colours(brand.color)} }`,
    brand.color_dark && `:root.pf-v6-theme-dark { ${colours(brand.color_dark)} }`,
    brand.radius && `:root { ${corners} }`,
  ]
    .filter(Boolean)
    .join("\n");
}

export function applyBrand(brand: Brand | undefined): void {
  if (!brand) return;
  for (const address of brand.styles) {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = address;
    document.head.append(link);
  }
  const icon = brand.images["favicon"];
  if (icon) {
    const link = document.querySelector<HTMLLinkElement>("link[rel=icon]") ?? document.createElement("link");
    link.rel = "icon";
    link.removeAttribute("type");
    link.href = icon;
    document.head.append(link);
  }
  const tokens = tokensOf(brand);
  if (!tokens) return;
  const style = document.createElement("style");
  style.textContent = tokens;
  document.head.append(style);
}
