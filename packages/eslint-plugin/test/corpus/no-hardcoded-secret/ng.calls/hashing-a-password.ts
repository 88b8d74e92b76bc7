import bcrypt from 'bcrypt'

export const admin = async () => ({ name: 'admin', hash: await bcrypt.hash('admin', 10) })
