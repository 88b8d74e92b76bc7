import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { SHOP } from '../../test/family/family.support.ts'
import { defineFamily, loadFamily } from './index.ts'
import { familyTables } from './internal.ts'

const REPOSITORY = new URL('../../../../', import.meta.url)

it('tabulates who holds which secret, and where logins and clients are', () => {
  const lines = familyTables(defineFamily(SHOP)).split('\n')
  const cellsOf = (start: string) => {
    const line = lines.find((each) => each.includes(start)) ?? ''
    return line.split('|').map((cell) => cell.trim())
  }
  const [first, second, long] = ['reads', 'reads', '']
  expect(cellsOf('`API_KEY_SHOP_FRONT__BILLING`').slice(2, -1)).toEqual([
    ...['api-key', first, second, long, 'rotates'],
  ])
  expect(cellsOf('`CA_PASSPHRASE_BILLING`').slice(2, -1)).toEqual([
    ...['ca-passphrase', '', 'reads', '', ''],
  ])
  expect(cellsOf('`ARCHIVE_ROTATOR`').slice(2, -1)).toEqual(['of the rotator', '', '', '', 'reads'])
  expect(cellsOf('`Shop portal`').slice(1, -1)).toEqual([
    ...['shop-front', 'main', '`Shop portal`', '`portal-owner`', 'the rotator'],
  ])
  expect(cellsOf('`billing-app`').slice(1, -1)).toEqual(['billing', '`billing-app`', 'partners'])
})

it('is what the documentation of this repository shows of its family', async () => {
  const tables = familyTables(await loadFamily(fileURLToPath(new URL('family.json', REPOSITORY))))
  const page = await readFile(new URL('docs/gate.md', REPOSITORY), 'utf8')
  for (const table of tables.split('\n\n')) expect(page).toContain(table.trim())
})
