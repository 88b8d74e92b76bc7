import { env } from 'node:process'

export const useColor = env.NO_COLOR === undefined && env.TERM !== 'dumb'
