import { secret } from '../../secret.ts'
declare const generator: Generator<number, void, string>
generator.next(secret.expose())
