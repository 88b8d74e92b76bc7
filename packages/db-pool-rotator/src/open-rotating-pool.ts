import type { RotatingPoolOptions } from './pool-options.ts'
import { RotatingPool } from './rotating-pool.ts'

/**
 * Opens a {@link RotatingPool} and proves its first login, so that a service does not start on credentials that fail.
 *
 * @throws {SecretError} `rejected`, `refused`, `forbidden` or `unreachable`
 */
export async function openRotatingPool(options: RotatingPoolOptions): Promise<RotatingPool> {
  const pool = new RotatingPool(options)
  try {
    await pool.prove()
    return pool
  } catch (error) {
    await pool.end()
    throw error
  }
}
