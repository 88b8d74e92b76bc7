import { secret } from '../../secret.ts'
import { error as fail } from 'node:console'
fail(secret.expose())
