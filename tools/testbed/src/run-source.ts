/** The flags with which `node` runs a TypeScript file of this workspace, with packages resolved to their sources. */
export function runSourceFlags(): string[] {
  // Relative to `src/` and to `dist/` alike.
  const loader = new URL('./typescript.mjs', import.meta.url)
  return ['--conditions=@rekey/source', `--import=${loader.href}`]
}
