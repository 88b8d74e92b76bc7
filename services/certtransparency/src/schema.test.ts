import { readFile } from 'node:fs/promises'
import { logTablesSql } from '@rekey/audit-log/transparency'
import { expect, it } from 'vitest'

it('lays out the tables of the log as the package that reads them has them', async () => {
  const schema = await readFile(new URL('../schema.sql', import.meta.url), 'utf8')
  expect(schema.replace(/^--.*\n/gm, '')).toBe(logTablesSql('certtransparency'))
})
