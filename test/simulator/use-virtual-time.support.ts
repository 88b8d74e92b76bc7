import { afterEach, beforeEach, vi } from 'vitest'

/**
 * For a test file: the code's own timers stand still, for they guard against an event loop that is stuck, and a run must not
 * depend on how fast the machine is. Virtual time moves by turns of the event loop alone.
 */
export function useVirtualTime(): void {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
    vi.spyOn(AbortSignal, 'timeout').mockImplementation(() => new AbortController().signal)
  })
  afterEach(() => {
    vi.restoreAllMocks()
    vi.useRealTimers()
  })
}
