import { afterEach, beforeEach, vi } from 'vitest'

/** For a test file: the timers of the machine stand still, so that no run depends on how fast it is. */
export function useStandingTimers(): void {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })
}
