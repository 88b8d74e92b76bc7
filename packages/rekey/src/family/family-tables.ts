import type { Family } from './schema.ts'
import { table } from './markdown-table.ts'
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
