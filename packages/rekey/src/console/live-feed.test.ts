import { createFakeClock } from '@rekey/secret'
import { expect, it, onTestFinished } from 'vitest'
import type { FamilyView } from './family-view.ts'
import { LiveFeed } from './live-feed.ts'
import { family, holding, settled } from '../../test/console/readings.support.ts'

/** A feed of a family that is used once each millisecond, read each two seconds, and the views that its viewer got, with their times. */
function open(mark?: () => Promise<string>, service = 'till') {
  const clock = createFakeClock()
  const views: (FamilyView & { readonly at: number })[] = []
  const read = () => {
    const answers = [holding(service, 0, { v1: Math.floor(clock.elapsed()) })]
    return Promise.resolve(family([settled({ answers: [{ service, answers }] })]))
  }
  const feed = new LiveFeed({ read, everyMs: 2_000, mark, clock })
  onTestFinished(() => feed.close())
  feed.watch((event) => {
    const view = JSON.parse(event.toString('utf8').slice('data: '.length)) as FamilyView
    views.push({ ...view, at: clock.elapsed() })
  })
  const pass = async (ms: number) => {
    for (let left = ms; left > 0; left -= 50) await clock.advance(50)
  }
  return { views, pass, times: () => views.map(({ at }) => at - (views[0]?.at ?? NaN)) }
}

it('reads again each two seconds where no mark shows a change', async () => {
  const { pass, times } = open()
  await pass(5_000)
  expect(times()).toEqual([0, 2_000, 4_000])
})

it('reads again within a tenth of a second of a change of the mark, and goes on as before', async () => {
  let steps = 0
  const { pass, times } = open(() => Promise.resolve(`${steps}`))
  await pass(450)
  steps += 1
  await pass(4_550)
  expect(times()).toEqual([0, 500, 2_000, 4_000])
})

it('counts uses over equal times, however often a change was shown in between', async () => {
  let steps = 0
  const { views, pass } = open(() => Promise.resolve(`${steps}`))
  for (let n = 0; n < 20; n += 1) {
    await pass(350)
    steps += 1
  }
  expect(views.length).toBeGreaterThan(20)
  const [use] = views.at(-1)?.secrets[0]?.uses ?? []
  expect(use?.recent).toEqual([0, 2_000, 2_000, 2_000])
})

it('a mark that cannot be had is a change, and then only the time decides', async () => {
  let isAway = false
  const { pass, times } = open(() =>
    isAway ? Promise.reject(new Error('away')) : Promise.resolve('1'),
  )
  await pass(1_000)
  isAway = true
  await pass(4_000)
  expect(times()).toEqual([0, 1_000, 2_000, 4_000])
})

it('S28: sends no character that rules or turns the text of a page, whatever is in a name', async () => {
  const points = Array.from({ length: 31 }, (_, n) => n + 1).filter((point) => point !== 10)
  const name = String.fromCodePoint(...points, 0x7f, 0x85, 0x202e, 0x2066, 0x2028)
  const { views, pass } = open(undefined, `a${name}b`)
  await pass(100)
  const texts: string[] = []
  JSON.parse(JSON.stringify(views), (_, part: unknown) => {
    if (typeof part === 'string') texts.push(part)
    return part
  })
  expect(texts.filter((text) => text.includes(String.raw`a\u{1}`)).length).toBeGreaterThan(0)
  for (const text of texts) expect(text).not.toMatch(/(?!\t)[\p{Cc}\p{Bidi_Control}\u2028]/u)
})
