/**
 * postgres.js on a login that changes under load.
 *
 * @module
 */
export { openRotatingSql, type RotatingSql } from './rotating-sql.ts'
