// The library's dependency injection asks for this polyfill, and for it first.
import 'reflect-metadata'

export {
  AuthorityKeyIdentifierExtension, BasicConstraintsExtension, ExtendedKeyUsageExtension, KeyUsageFlags, KeyUsagesExtension,
  Pkcs10CertificateRequest, Pkcs10CertificateRequestGenerator, SubjectAlternativeNameExtension, SubjectKeyIdentifierExtension, X509Certificate, X509CertificateGenerator,
  type Extension, type JsonGeneralNames,
} from '@peculiar/x509'
