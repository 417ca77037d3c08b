// Loaded when something is signed or a request is read: a start that finds all it needs does without the library, which takes long to load.
export { intermediateRequest, readIntermediateRequest } from './intermediate-request.js'
export { provenKey } from './read-csr.js'
export { pathLengthOf, signAuthority, signLeaf } from './sign-certificate.js'
