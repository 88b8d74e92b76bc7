// ---- fast-deep-equal
import equal from 'fast-deep-equal'
import { login } from '../../secret.ts'

export const check = (given: { user: string; password: string }) => equal(login.expose(), given) // expect: secretCompared

// ---- is-deep-strict-equal
import { isDeepStrictEqual } from 'node:util'
import { login } from '../../secret.ts'

export const check = (given: unknown) => isDeepStrictEqual(given, login.expose()) // expect: secretCompared

// ---- lodash-is-equal
import { isEqual } from 'lodash'
import { secret } from '../../secret.ts'

export const check = (given: string) => isEqual(given, secret.expose()) // expect: secretCompared

// ---- object-is
import { secret } from '../../secret.ts'

export const check = (given: string) => Object.is(secret.expose(), given) // expect: secretCompared
