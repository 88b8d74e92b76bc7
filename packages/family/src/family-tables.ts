import type { Family } from './schema.ts'
import { namesReadByRotator, secretsOf } from './family-secrets.ts'

/** Renders what a family declares as Markdown tables: who holds which secret, and where databases and clients are. */
export function familyTables(family: Family): string {
  return [holdersTable(family), databasesTable(family), clientsTable(family)]
    .filter((table) => table !== '')
    .join('\n')
}

function holdersTable(family: Family): string {
  const { services } = family
  const rows = secretsOf(family).map(({ name, kind, holders, isRotated }) => {
    const marks = services.map((service) => (holders.includes(service) ? 'reads' : ''))
    return [code(name), kind, ...marks, isRotated ? 'rotates' : '']
  })
  const own = namesReadByRotator(family).map((name) => {
    return [code(name), 'of the rotator', ...services.map(() => ''), 'reads']
  })
  return table(['secret', 'kind', ...services, 'rotator'], [...rows, ...own])
}

function databasesTable({ databases }: Family): string {
  const rows = databases.map(({ service, server, database, ownerRole, lent }) => {
    return [
      service,
      server,
      code(database),
      code(ownerRole),
      lent === false ? 'the rotator' : 'the store',
    ]
  })
  return table(['service', 'server', 'database', 'owner role', 'logins made by'], rows)
}

function clientsTable({ clients }: Family): string {
  const rows = clients.map(({ service, clientId, provider }) => [service, code(clientId), provider])
  return table(['service', 'client', 'identity provider'], rows)
}

function code(text: string): string {
  return `\`${text.replaceAll('|', '\\|')}\``
}

/** A table without rows is no table. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return ''
  const widths = head.map((text, column) => {
    return Math.max(text.length, ...rows.map((row) => row[column]?.length ?? 0), 3)
  })
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |\n`
  const rule = widths.map((width) => '-'.repeat(width))
  return [line(head), line(rule), ...rows.map(line)].join('')
}
