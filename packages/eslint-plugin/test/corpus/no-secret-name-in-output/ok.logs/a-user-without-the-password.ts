declare function find(id: number): { name: string; password: string }
const { password, ...user } = find(1)
console.log(user)
