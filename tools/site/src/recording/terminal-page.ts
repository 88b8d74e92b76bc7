/** The colours of the demo's styles, by their codes (ECMA-48, SGR). */
const STYLES: Readonly<Record<string, string>> = {
  2: 'opacity: 0.6',
  31: 'color: #ff7b72',
  32: 'color: #56d364',
  33: 'color: #e3b341',
}

const ESCAPED: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

/** Returns a page that shows the last of these lines as a terminal of 80 columns does. */
export function toTerminalPage(lines: readonly string[]): string {
  const text = lines
    .join('\n')
    .replaceAll(/[&<>]/g, (character) => ESCAPED[character] ?? character)
    .replaceAll(/\u001b\[(\d+)m/g, (_code, style: string) => {
      const css = STYLES[style]
      return css === undefined ? '</span>' : `<span style="${css}">`
    })
  return `<!doctype html><style>
    body { margin: 0; background: #0d1117; color: #e6edf3 }
    pre { position: absolute; bottom: 0; min-height: 100vh; box-sizing: border-box; margin: 0; padding: 10px 12px;
      width: 100%; font: 11px/15px 'DejaVu Sans Mono', monospace; white-space: pre-wrap }
  </style><pre>${text}</pre>`
}
