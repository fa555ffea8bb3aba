"""A moto server with a bucket, a user who may read it, and one who may not; signatures are checked. Says what to use as JSON."""

import json
import sys
import urllib.request

import boto3
from moto.server import ThreadedMotoServer

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
host, port = server.get_host_and_port()
endpoint = f"http://{host}:{port}"
use = dict(endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="set", aws_secret_access_key="up")
iam = boto3.client("iam", **use)
s3 = boto3.client("s3", **use)


def key_of(name, actions):
    iam.create_user(UserName=name)
    if actions:
        policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]}
        iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=json.dumps(policy))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return {"accessKeyId": key["AccessKeyId"], "secretAccessKey": key["SecretAccessKey"], "endpoint": endpoint}


reader = key_of("reader", ["s3:GetObject", "s3:ListBucket", "s3:ListObjectsV2"])
stranger = key_of("stranger", [])
s3.create_bucket(Bucket="lake")
s3.create_bucket(Bucket="open", ACL="public-read")
s3.put_object(Bucket="open", Key="days/1.csv", Body=b"n\n1\n", ACL="public-read")
for line in sys.stdin:
    order = json.loads(line)
    if order["do"] == "put":
        body = open(order["path"], "rb").read() if "path" in order else order["text"].encode()
        s3.put_object(Bucket="lake", Key=order["key"], Body=body)
    elif order["do"] == "many":
        for index in range(order["count"]):
            s3.put_object(Bucket="lake", Key=f"{order['prefix']}{index:05}.csv", Body=f"n\n{index}\n".encode())
    elif order["do"] == "lock":
        # As a form it would be taken apart.
        reset = f"{endpoint}/moto-api/reset-auth"
        after = str(order["after"]).encode()
        urllib.request.urlopen(urllib.request.Request(reset, data=after, headers={"content-type": "text/plain"}))
    print(json.dumps({"reader": reader, "stranger": stranger, "endpoint": endpoint}), flush=True)
