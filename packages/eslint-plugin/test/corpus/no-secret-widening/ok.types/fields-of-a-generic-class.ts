import { secret } from '../../secret.ts'
class Box<T> {
  constructor(readonly content: T) {}
}
export const box = new Box(secret)
