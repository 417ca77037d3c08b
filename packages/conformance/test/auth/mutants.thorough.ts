import { walkMutants } from '../mutants/walk.js'
import { authenticatorWalk } from './authenticator-mutants.js'
import { certificateAuthorityWalk } from './certificate-authority-mutants.js'
import { nodeCredentialsWalk } from './node-credentials-mutants.js'

walkMutants(certificateAuthorityWalk)
walkMutants(authenticatorWalk)
walkMutants(nodeCredentialsWalk)
