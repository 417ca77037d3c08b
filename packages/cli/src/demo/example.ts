/** What the demo deploys: an artifact file in Pullpiri's format, with two nodes called front and rear. */
export function exampleManifest(image: string): string {
  return `apiVersion: v1
kind: Scenario
metadata:
  name: drive
spec:
  condition:
  action: launch
  target: drive
---
apiVersion: v1
kind: Package
metadata:
  label: null
  name: drive
spec:
  pattern:
    - type: plain
  models:
    - name: camera
      node: front
      resources:
        volume:
        network:
    - name: recorder
      node: rear
      resources:
        volume:
        network:
---
apiVersion: v1
kind: Model
metadata:
  name: camera
  labels:
    app: camera
spec:
  hostNetwork: true
  terminationGracePeriodSeconds: 1
  containers:
    - name: frames
      image: ${image}
      command: ["sh", "-c", "n=0; while true; do n=$((n+1)); echo frame $n; sleep 1; done"]
  restartPolicy: Always
---
apiVersion: v1
kind: Model
metadata:
  name: recorder
  labels:
    app: recorder
spec:
  hostNetwork: true
  terminationGracePeriodSeconds: 1
  containers:
    - name: writer
      image: ${image}
      command: ["sh", "-c", "while true; do echo recording; sleep 2; done"]
    - name: uploader
      image: ${image}
      command: ["sh", "-c", "while true; do echo waiting for the link; sleep 5; done"]
  restartPolicy: Always
`
}
