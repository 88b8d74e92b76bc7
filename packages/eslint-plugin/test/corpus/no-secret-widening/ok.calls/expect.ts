import { secret } from '../../secret.ts'
declare function expect(actual: unknown): { toBe(expected: unknown): void }
expect(secret).toBe(secret)
