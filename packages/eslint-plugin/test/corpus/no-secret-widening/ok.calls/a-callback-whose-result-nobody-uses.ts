import { secret } from '../../secret.ts'
declare function afterwards(run: () => unknown): void
afterwards(() => secret)
