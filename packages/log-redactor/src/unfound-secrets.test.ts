import { randomBytes } from 'node:crypto'
import { Secret } from '@rekey/secret'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { GramTable } from './gram-table.ts'
import { createRedactor } from './index.ts'

/** Digits all over, so that no part of it can happen to look like a word. */
const random = () => randomBytes(32).toString('base64url').replace(/(..)./g, '$17')

describe('L1: each value is looked up once after it was registered, and one that is not found', () => {
  it('is reported by the name of its secret, once, also to those who ask later', () => {
    const insert = vi.spyOn(GramTable.prototype, 'insert').mockImplementation(() => undefined)
    onTestFinished(() => {
      insert.mockRestore()
    })
    const redactor = createRedactor({ secrets: [] })
    for (let i = 0; i < 2; i += 1)
      redactor.add(Secret.of(random(), 'API_KEY', { announced: false }))
    const names: string[] = []
    for (let asked = 0; asked < 2; asked += 1) redactor.watchUnfound((name) => names.push(name))
    expect(names).toEqual(['API_KEY', 'API_KEY'])
  })

  it('is not one that another has in common with it, nor one with public parts', () => {
    const names: string[] = []
    const redactor = createRedactor({ secrets: [] })
    redactor.watchUnfound((name) => names.push(name))
    const text = random()
    const values = [text, text.slice(0, 20), `postgresql://app:${text}@db/app`, 'two plain words']
    for (const value of [...values, `https://example.com/${text}`, `sk-live-${text}`]) {
      redactor.add(Secret.of(value, value, { announced: false }))
    }
    expect(names).toEqual([])
  })
})
