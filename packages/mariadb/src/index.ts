/**
 * A password of MariaDB: how a service declares it, and pools of mysql2 and `mariadb` that follow it.
 *
 * @module
 */
export { mariaDbPassword } from './spec/mariadb-password.ts'
export { followMariadb, type FollowedMariadb, type MariadbPool } from './use/follow-mariadb.ts'
export { followMysql2, type Mysql2Pool } from './use/follow-mysql2.ts'
