/**
 * postgres.js on a login that changes under load.
 *
 * @module
 */
export { openRotatingSql, type RotatingSql, type RotatingSqlOptions } from './rotating-sql.ts'
