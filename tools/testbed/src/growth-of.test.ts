// @lane servers
import { describe, expect, it } from 'vitest'
import { growthOf, LINEAR } from './growth-of.ts'

function steps(count: number): number {
  let sum = 0
  for (let i = 0; i < count; i += 1) sum = (sum * 31 + i) | 0
  return sum
}

describe('growthOf', () => {
  it('is about 2 for a linear run', async () => {
    const growth = await growthOf((size) => () => steps(size * 8))
    expect(growth).toBeGreaterThan(1.5)
    expect(growth).toBeLessThanOrEqual(LINEAR)
  })

  it('is about 4 for a quadratic run', async () => {
    expect(await growthOf((size) => () => steps(size * (size / 65_536)))).toBeGreaterThan(3)
  })

  it('is above the limit where a quadratic part outweighs a linear one', async () => {
    const both = (size: number) => () => steps(size * 2) + steps(size * (size / 65_536))
    expect(await growthOf(both)).toBeGreaterThan(LINEAR)
  })

  it('sees a text that is cut again and again', async () => {
    const cutting = (size: number) => {
      const text = 'a,'.repeat(size / 16)
      return () => {
        for (let rest = text; rest !== ''; rest = rest.slice(2)) rest.search(/b/)
      }
    }
    expect(await growthOf(cutting)).toBeGreaterThan(3)
  })

  it('leaves out the inputs that would take too long', async () => {
    const sizes: number[] = []
    const slow = (size: number) => {
      sizes.push(size)
      return () => steps(size * (size / 8_192))
    }
    expect(await growthOf(slow)).toBeGreaterThan(3)
    expect(Math.max(...sizes)).toBeLessThan(2 ** 20)
    await expect(growthOf(() => () => steps(2e8))).rejects.toThrow('the smallest input alone takes')
  })

  it('awaits a run that returns a promise', async () => {
    const later = (size: number) => async () => {
      await Promise.resolve()
      return steps(size * (size / 65_536))
    }
    expect(await growthOf(later)).toBeGreaterThan(3)
  })

  it('counts what costs next to nothing as linear', async () => {
    expect(await growthOf((size) => () => steps((size / 65_536) ** 2))).toBeLessThanOrEqual(LINEAR)
  })
})
