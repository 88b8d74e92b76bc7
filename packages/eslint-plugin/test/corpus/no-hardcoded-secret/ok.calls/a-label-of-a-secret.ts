import { Secret } from '../../secret.ts'

export const read = (text: string) => Secret.of(text, 'RANDOM_ALNUM_40')
