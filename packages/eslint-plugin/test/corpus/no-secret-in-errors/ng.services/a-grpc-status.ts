import { secret } from '../../secret.ts'
import { status } from '@grpc/grpc-js'
class RpcError extends Error {
  constructor(
    readonly code: number,
    readonly metadata: object,
  ) {
    super('rpc failed')
  }
}
throw new RpcError(status.UNAUTHENTICATED, { authorization: `Bearer ${secret.expose()}` })
