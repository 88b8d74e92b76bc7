import { mock } from 'node:test'

export const exit = mock.method(process, 'exit', () => undefined as never)
