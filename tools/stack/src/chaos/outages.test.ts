import { expect, it } from 'vitest'
import { createPatientFetch, InHandError, Outages } from './outages.ts'

const REFUSED = new TypeError('fetch failed')
const NEVER = new AbortController().signal
const URL_OF_FRONTEND = 'https://127.0.0.1:1'

/** A moment that is waited for, and comes when it is opened. */
function createGate() {
  const opening = new AbortController()
  const opened = new Promise((resolve) => {
    opening.signal.addEventListener('abort', resolve)
  })
  return {
    opened,
    open() {
      opening.abort()
    },
  }
}

const DONE = () => Promise.resolve()

it('a request that was on its way when frontend was killed is one that was in its hands', async () => {
  const outages = new Outages()
  const cut = createGate()
  const fetch = createPatientFetch(
    async () => {
      await cut.opened
      throw REFUSED
    },
    outages,
    NEVER,
  )
  const request = fetch(URL_OF_FRONTEND)
  const killed = outages.ofFrontend(() => {
    cut.open()
    return DONE()
  }, DONE)
  await expect(request).rejects.toBeInstanceOf(InHandError)
  await killed
})

it('a request that comes while frontend is away is made when it is back, and none was in its hands', async () => {
  const outages = new Outages()
  const gone = createGate()
  const back = createGate()
  let isBack = false
  const fetch = createPatientFetch(
    async () => {
      if (!isBack) throw REFUSED
      return Promise.resolve(new Response('profile', { status: 201 }))
    },
    outages,
    NEVER,
  )
  const killed = outages.ofFrontend(DONE, async () => {
    gone.open()
    await back.opened
    isBack = true
  })
  await gone.opened
  const request = fetch(URL_OF_FRONTEND)
  back.open()
  const response = await request
  expect([response.status, await response.text()]).toEqual([201, 'profile'])
  await killed
})

it('an error of a request that begins after the cut of the database is lost, and one at the cut is not', async () => {
  const outages = new Outages()
  const fetch = createPatientFetch(
    () => Promise.resolve(new Response(null, { status: 500 })),
    outages,
    NEVER,
  )
  await outages.ofDatabase(
    async () => {
      await expect(fetch(URL_OF_FRONTEND)).rejects.toBeInstanceOf(InHandError)
    },
    async () => {
      expect((await fetch(URL_OF_FRONTEND)).status).toBe(500)
    },
  )
})

it('a failure while nothing is away is the failure that it is', async () => {
  const fetch = createPatientFetch(() => Promise.reject(REFUSED), new Outages(), NEVER)
  await expect(fetch(URL_OF_FRONTEND)).rejects.toBe(REFUSED)
})

it('a request that waits for frontend ends with the run', async () => {
  const stop = new AbortController()
  const fetch = createPatientFetch(() => Promise.reject(REFUSED), new Outages(), stop.signal)
  stop.abort(new Error('the run is over'))
  await expect(fetch(URL_OF_FRONTEND)).rejects.toThrow('the run is over')
})
