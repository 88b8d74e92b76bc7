import { nanoid } from 'nanoid/non-secure'

export const sessionToken = nanoid(32)
