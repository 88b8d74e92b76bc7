import { useState } from 'react'

export function useLogin(props) {
  const [password, setPassword] = useState(props.password ?? '')
  return { password, setPassword }
}
