import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { FORMATS } from '@rekey/secret/internal'
import { expect, it } from 'vitest'

const page = readFileSync(join(import.meta.dirname, '../../../docs/guide/upgrade.md'), 'utf8')

it('the page of upgrades has the row of each document, and no other', () => {
  const rows = Object.values(FORMATS).map(({ what, newest, mark, reader }) =>
    [what, newest, mark, reader].join(' | '),
  )
  const [, table = ''] = page.split('## Formats')
  const lines = table.split('\n').filter((line) => line.startsWith('| '))
  const written = lines.slice(2).map((line) =>
    line
      .slice(2, -2)
      .split('|')
      .map((cell) => cell.trim())
      .join(' | '),
  )
  expect(written).toEqual(rows)
})
