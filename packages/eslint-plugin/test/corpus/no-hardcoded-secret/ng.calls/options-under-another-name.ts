import mysql from 'mysql2'
const { secret: password } = { secret: 'abc' }
export const pool = mysql.createPool({ host: 'db', password })
