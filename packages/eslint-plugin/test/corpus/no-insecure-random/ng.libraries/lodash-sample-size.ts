import { sampleSize } from 'lodash'

const ALPHABET = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789'.split('')

export const makeRecoveryCode = () => sampleSize(ALPHABET, 10).join('')
