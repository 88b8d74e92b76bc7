import { afterEach, beforeEach, vi } from 'vitest'

/** For a test file: the timers of the machine stand still, and no wait is drawn by lot, so that each run can be repeated. */
export function useStandingTimers(): void {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    vi.spyOn(Math, 'random').mockReturnValue(0)
  })
  afterEach(() => {
    vi.useRealTimers()
    vi.restoreAllMocks()
  })
}
