declare const user: { passwordHash: string; hashed_password: string }
console.log(user.passwordHash, user.hashed_password)
