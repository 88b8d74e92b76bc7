import { defineKind } from '@rekey/secret/kind'
import { SITUATIONS } from '@rekey/secret/internal/kind'
import { storeName } from '@rekey/secret'
import { expect, it } from 'vitest'
import { LONG, SHOP } from '../../../test/family/family.support.ts'
import { defineFamily, KINDS } from '../index.ts'
import { ENVIRONMENTS, runbookCells, writeRunbooks } from './index.ts'

const spec = () => {
  throw new Error('no runbook parses a secret')
}
const ticketKind = defineKind({
  kind: 'ticket',
  parties: ['service'],
  spec: { owner: spec },
  storeName: (service) => storeName('ticket', [service]),
  rotationOf: spec,
})
const family = defineFamily(
  {
    ...SHOP,
    secrets: {
      ...SHOP.secrets,
      ticket: ['billing'],
      tls: ['billing'],
      'log-key': [LONG],
      integration: ['billing:mail'],
    },
    servers: { ...SHOP.servers, main: { admin: 'DATABASE_ROTATOR', rotated: true } },
    validationMs: 90_000,
    maxOverlapMs: 7_200_000,
  },
  { kinds: [ticketKind] },
)

it('has no empty cell: each kind of the family in each environment and situation has commands, or the reason why not', () => {
  const cells = runbookCells(family)
  const kinds = new Set(cells.map(({ kind }) => kind))
  expect(kinds).toEqual(new Set([...KINDS.keys(), 'ticket']))
  expect(cells).toHaveLength(ENVIRONMENTS.size * kinds.size * SITUATIONS.length)
  for (const { environment, kind, situation, text } of cells) {
    const where = `${environment} ${kind} ${situation}`
    const [heading = '', ...prose] = text.replaceAll(/```[^]*?```/g, '').split('\n')
    expect(heading, where).toMatch(/^### ./)
    expect(prose.join(' ').split(/\s+/).length, where).toBeGreaterThan(10)
    expect(text.includes('```sh\nrekey '), where).toBe(
      kind !== 'log-key' || situation === 'emergency',
    )
    expect(text, where).not.toMatch(/undefined|\[object/)
  }
})

it('names the parties, the times and the names in the store of the family', () => {
  const pages = new Map(writeRunbooks(family).map(({ name, text }) => [name, text]))
  const vault = pages.get('vault.md') ?? ''
  for (const text of [
    'rekey rotate api-key shop-front:billing --compromised --family deployment.json',
    'rekey rollback database shop-front --family deployment.json',
    'rekey rotate ticket billing --family deployment.json',
    'silent for 90 s, and no longer than 2 h after',
    '| `API_KEY_SHOP_FRONT__BILLING`',
    '--passphrase-file passphrases/billing',
  ]) {
    expect(vault).toContain(text)
  }
  expect(pages.get('development.md')).toContain('--family development.json')
  expect(pages.get('systemd.md')).toContain('`journalctl --unit shop-front.service`')
})

it('pipes a value in only where an operator makes it', () => {
  const provider = (kind: 'manual' | 'adapter') => ({
    service: 'billing',
    name: 'mail',
    provider:
      kind === 'manual'
        ? { kind, prove: { url: 'https://mail.example.com' } }
        : { kind, url: 'https://mail.example.com', keyName: 'ADAPTER_KEY' },
  })
  const textWith = (kind: 'manual' | 'adapter') =>
    runbookCells(
      defineFamily({ services: ['billing'], secrets: { integration: [provider(kind)] } }),
    )
      .map(({ text }) => text)
      .join('')
  expect(textWith('manual')).toContain('--family deployment.json < new-secret')
  expect(textWith('adapter')).not.toContain('< new-secret')
})

it('leaves a login that the store lends to the store', () => {
  const lent = { services: ['billing'], databases: [{ service: 'billing', lent: true }] }
  const [cell] = runbookCells(defineFamily(lent), { environment: 'vault', situation: 'scheduled' })
  expect(cell?.text).toContain('no command rotates them')
  expect(cell?.text).not.toContain('rekey rotate database')
})

it('links to headings that are there', () => {
  const pages = new Map(writeRunbooks(family).map(({ name, text }) => [name, text]))
  const anchors = new Map(
    [...pages].map(([name, text]) => [
      name,
      new Set(Array.from(text.matchAll(/^#+ (.*)$/gm), ([, h = '']) => anchor(h))),
    ]),
  )
  let links = 0
  for (const [page, text] of pages) {
    for (const [, to = '', id = ''] of text.matchAll(/\]\(([a-z]*(?:\.md)?)#([^)]+)\)/g)) {
      links += 1
      expect(anchors.get(to === '' ? page : to), `${page}: ${to}#${id}`).toContain(id)
    }
  }
  expect(links).toBeGreaterThan(100)
})

function anchor(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^a-z0-9 -]/g, '')
    .replaceAll(' ', '-')
}
