import { printableLine } from '@rekey/secret'

/** Text that is HTML already. */
export interface Html {
  readonly markup: string
}

type Part = string | number | Html | readonly Html[]

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Writes HTML: each text in it is escaped, for elements as for attributes in quotes, and stays on its line. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  const texts = strings.map((text, n) => text + (n < parts.length ? write(parts[n] ?? '') : ''))
  return { markup: texts.join('') }
}

function write(part: Part): string {
  if (typeof part === 'number') return String(part)
  if (typeof part === 'string')
    return printableLine(part).replace(/[&<>"']/g, (one) => ENTITIES[one] ?? '')
  return 'markup' in part ? part.markup : part.map(({ markup }) => markup).join('')
}
