import bcrypt from 'bcrypt'

export const hashed = (dto: { password?: string }) => bcrypt.hash(dto.password || '123456', 10)
