import { sample } from 'lodash'

export const pickToken = (tokens) => {
  const token = sample(tokens)
  return token
}
