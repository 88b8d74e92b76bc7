// @typed
import { secret } from '../../secret.ts'
class Job {
  constructor(
    readonly name: string,
    readonly data: any,
  ) {}
}
export const job = new Job('rotate', secret)
